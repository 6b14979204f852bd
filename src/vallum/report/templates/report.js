for (const pair of document.querySelectorAll(".pair")) {
  const button = document.createElement("button");
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = 0;
  slider.max = 100;
  slider.value = 50;
  slider.hidden = true;
  slider.setAttribute("aria-label", "How much of the later picture is covered by the earlier one, in percent");
  const show = () => pair.style.setProperty("--at", slider.value + "%");
  button.type = "button";
  button.textContent = "Lay the two on each other";
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const on = pair.classList.toggle("swipe");
    slider.hidden = !on;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Show side by side" : "Lay the two on each other";
    show();
  });
  slider.addEventListener("input", show);
  pair.after(button, slider);
}
