"""Deliveries as people get them: what belongs together, and what their papers say of each image.

`find.orders` says what lies in folders; `accept.take_in` makes one working copy of an image that
came as tiles, as bands, or without a map; `same.repeats` knows an image that was delivered twice.
Everything that opens a delivered file runs in the limited process.
"""
