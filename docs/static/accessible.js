// What the theme and the docstrings' renderer leave out for screen readers.
document.addEventListener("DOMContentLoaded", () => {
  for (const toggle of document.querySelectorAll("summary:has(> .toctree-toggle)")) {
    const title = toggle.closest("li")?.querySelector("a")?.textContent.trim();
    toggle.setAttribute("aria-label", `Pages of “${title}”`);
  }
  for (const reference of document.querySelectorAll('[role="list"].citation-list > *, aside.footnote-list > *')) {
    reference.setAttribute("role", "listitem");
  }
  // What scrolls by itself must be reached by the keyboard.
  for (const region of document.querySelectorAll(".output_subarea, .sphx-glr-script-out, .pst-scrollable-table-container")) {
    region.tabIndex = 0;
  }
});
