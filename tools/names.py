"""What `measure` writes, for the reference page of estimates."""

from __future__ import annotations

# What measure writes. `<kind>` and `<change>` stand for the values listed under the table. A test
# compares this with the names that src/vallum/measure uses.
ESTIMATES: dict[str, tuple[str, str]] = {
    "frontier_km": ("km", "length of the whole frontier line, on the ellipsoid"),
    "border_km_changed": (
        "km",
        "border beside a confirmed change: built, extended, upgraded, replaced or removed",
    ),
    "border_km_unchanged": ("km", "border that was compared and where no change was confirmed"),
    "border_km_indeterminate": (
        "km",
        "border beside a change on which analysts disagree or cannot tell",
    ),
    "border_km_not_comparable": (
        "km",
        "border without a usable pair of images: no image, cloud, or not aligned",
    ),
    "border_km_not_examined": (
        "km",
        "border with a usable pair where nobody has finished looking",
    ),
    "border_km_comparable": ("km", "border that a usable pair of images shows"),
    "border_km_comparable_<kind>": (
        "km",
        "border that a usable pair of images shows in pixels fine enough for one class: its "
        "absence says something there and nowhere else",
    ),
    "findings_on_coarse_images": (
        "findings",
        "confirmed findings on an image whose pixels usually do not show such a thing",
    ),
    "border_km_under_any_image": ("km", "border that at least one image or footprint shows"),
    "border_km_on_two_or_more_dates": ("km", "border shown on at least two different days"),
    "border_km_imaged_before": ("km", "border shown within the earlier epoch"),
    "border_km_imaged_after": ("km", "border shown within the later epoch"),
    "border_km_imaged_on_both": ("km", "border shown within both epochs, aligned or not"),
    "border_km_with_new_infrastructure": (
        "km",
        "border beside something new, extended, upgraded or replaced; high = worst case",
    ),
    "border_km_with_removed_infrastructure": ("km", "border beside something that was removed"),
    "barrier_km_<kind>_<change>": (
        "km",
        "length of the structures of one kind themselves; no upper bound while border is unknown",
    ),
    "barrier_km_all_<change>": ("km", "length of all fences, double fences and walls themselves"),
    "posts_new": ("posts", "guard posts, watchtowers and buildings that were not there before"),
    "posts_removed": ("posts", "guard posts, watchtowers and buildings that are gone"),
    "posts_stock_before": (
        "posts",
        "posts that stood at the earlier date; only when analysts recorded them",
    ),
    "posts_stock_after": (
        "posts",
        "posts that stood at the later date; only when analysts recorded them",
    ),
    "posts_new_per_border_km_comparable": (
        "posts per km",
        "new posts over the border that could be compared",
    ),
    "candidates_unreviewed": (
        "candidates",
        "suggestions of the machine that have no settled answer",
    ),
    "barrier_km_imported_all": ("km", "length of all imported barrier lines"),
    "barrier_km_imported_<subtype>": (
        "km",
        "length of the imported lines of one class, in the source's own words",
    ),
    "border_km_with_imported_barrier_within_<N>_m": (
        "km",
        "border with an imported line at most N metres away",
    ),
    "border_km_with_imported_barrier_<subtype>_within_<N>_m": (
        "km",
        "the same for the imported lines of one class",
    ),
    "repeated_geometries_imported": (
        "lines",
        "imported lines that repeat the geometry of another exactly",
    ),
    "barrier_km_repeated_imported": ("km", "length of those repeated lines"),
    "border_km_fenced": ("km", "border with any barrier standing after"),
    "border_km_fenced_before": ("km", "border with any barrier standing before"),
    "barrier_km_<layer>_<change>": (
        "km",
        "the same by layer: primary, secondary, tertiary, counted outward from the border",
    ),
    "barrier_km_<life>_<change>": (
        "km",
        "the same by life: temporary, permanent, life_unknown; only where somebody told it of one",
    ),
    "barrier_km_standing_before": ("km", "barrier that stood at the earlier date, all layers"),
    "barrier_km_standing_after": ("km", "barrier that stood at the later date, all layers"),
    "layer_gap_m_<layer>_to_<layer>": (
        "m",
        "gap between two layers: the middle one; low and high hold nine tenths of the gaps",
    ),
    "posts_<change>": ("posts", "the same for things extended, upgraded or replaced"),
    "posts_<class>_<change>": ("posts", "the same for guard posts, watchtowers or buildings"),
    "posts_<class>_stock_before": ("posts", "stock of one class at the earlier date"),
    "posts_<class>_stock_after": ("posts", "stock of one class at the later date"),
    "posts_net_change": ("posts", "new less removed; of a sample only"),
    "posts_before_per_border_km_comparable": ("posts per km", "stock before, of compared border"),
    "posts_after_per_border_km_comparable": ("posts per km", "stock after, of compared border"),
    "posts_new_per_fence_km": ("posts per km", "new posts over the kilometres of fence standing"),
    "posts_after_per_fence_km": ("posts per km", "stock after over the kilometres of fence"),
    "post_spacing_m_of_border_comparable_before": ("m", "metres of compared border per post"),
    "post_spacing_m_of_border_comparable_after": ("m", "metres of compared border per post"),
    "post_spacing_m_of_fence_after": ("m", "metres of fence per post"),
    "barrier_km_built_by_<day>": (
        "km",
        "confirmed barrier built by a day; bounds need no assumption, the value is Turnbull's",
    ),
    "barrier_km_removed_by_<day>": ("km", "the same for what was removed"),
    "barrier_km_undated": ("km", "confirmed barrier of which no look shows a date"),
    "barrier_km_not_enough_looks": ("km", "the part of it for which images wait to be looked at"),
    "barrier_km_at_stage_<stage>": (
        "km",
        "confirmed barrier by how far it was built when last seen",
    ),
    "<name>_estimated": (
        "as the name",
        "the same quantity on border that can be compared, from a sample drawn by chance",
    ),
    "<name>_bounds": (
        "as the name",
        "low: the estimate's low end; high: its high end and all that was not compared; no value",
    ),
    "<name>_if_missing_at_random": (
        "as the name",
        "only if asked (measure.missing_at_random): what was not compared is taken to be like it",
    ),
    "<name>_in_<area>": (
        "as the name",
        "what readers saw in an area chosen for interest; speaks of that area alone",
    ),
}
