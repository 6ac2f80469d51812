// Adds and removes the cards of a list without asking the server; the buttons work without this too.
function renumber(list) {
  list.querySelectorAll(":scope > [data-repeat-card]").forEach((card, index) => {
    const legend = card.querySelector("legend");
    legend.textContent = legend.textContent.replace(/(__number__|\d+)\s*$/, index + 1);
  });
}

function add(list, button) {
  const cards = list.querySelectorAll(":scope > [data-repeat-card]");
  if (cards.length >= Number(list.dataset.repeatMost)) return;
  // Numbers need not be in a row: the server counts the cards it gets.
  const next = Number(list.dataset.repeatNext ?? cards.length);
  list.dataset.repeatNext = next + 1;
  const holder = document.createElement("template");
  holder.innerHTML = list
    .querySelector(":scope > template")
    .innerHTML.replaceAll("__index__", next)
    .replaceAll("__number__", cards.length + 1);
  const card = holder.content.querySelector("[data-repeat-card]");
  list.insertBefore(card, button);
  card.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

for (const list of document.querySelectorAll("[data-repeat]")) {
  list.addEventListener("click", (event) => {
    const addButton = event.target.closest("[data-repeat-add]");
    const removeButton = event.target.closest("[data-repeat-remove]");
    if (!addButton && !removeButton) return;
    event.preventDefault();
    if (addButton) return add(list, addButton);
    removeButton.closest("[data-repeat-card]").remove();
    renumber(list);
    list.querySelector("[data-repeat-add]").focus();
  });
}
