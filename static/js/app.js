// Loaded on every page. Everything here only makes the page nicer: without it each page works.

const part = (name) => import(new URL(name + new URL(import.meta.url).search, import.meta.url));

function focusErrors() {
  const summary = document.querySelector("[data-focus]");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const control = link && document.getElementById(link.hash.slice(1));
    if (!control) return;
    event.preventDefault();
    const label = control.closest(".field") ?? control;
    label.scrollIntoView({ block: "start" });
    control.focus({ preventScroll: true });
  });
}

function showPasswords() {
  for (const button of document.querySelectorAll("[data-show-password]")) {
    const input = document.getElementById(button.dataset.showPassword);
    const shown = button.textContent;
    button.hidden = false;
    const show = (isShown) => {
      input.type = isShown ? "text" : "password";
      button.textContent = isShown ? button.dataset.hideText : shown;
      button.setAttribute("aria-pressed", String(isShown));
    };
    button.addEventListener("click", () => show(input.type === "password"));
    // A browser keeps what was typed in plain fields; a password is never sent as one.
    input.form?.addEventListener("submit", () => show(false));
  }
}

function countCharacters() {
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  for (const area of document.querySelectorAll("[data-count]")) {
    const line = document.getElementById(`${area.id}-count`);
    const limit = Number(area.dataset.count);
    const count = () => {
      const used = [...area.value].length;
      line.textContent = line.dataset.countText
        .replace("{used}", numbers.format(used))
        .replace("{limit}", numbers.format(limit));
      line.classList.toggle("is-over", used > limit);
    };
    area.addEventListener("input", count);
    count();
  }
}

function copyText() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    const word = button.querySelector("span");
    const label = word.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText);
      word.textContent = button.dataset.copiedText;
      setTimeout(() => (word.textContent = label), 4000);
    });
  }
}

function foldMenus() {
  const menu = document.querySelector("[data-menu]");
  if (menu) {
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
  const narrow = matchMedia("(max-width: 899.98px)");
  for (const filters of document.querySelectorAll("[data-filters]")) {
    const fold = () => (filters.open = !narrow.matches);
    fold();
    narrow.addEventListener("change", fold);
  }
}

function offerDays() {
  for (const row of document.querySelectorAll("[data-days-for]")) {
    const field = document.getElementById(row.dataset.daysFor);
    row.hidden = false;
    row.addEventListener("click", (event) => {
      const day = event.target.closest("[data-day]")?.dataset.day;
      if (day) field.value = day;
    });
  }
}

focusErrors();
offerDays();
showPasswords();
countCharacters();
copyText();
foldMenus();
if (document.querySelector("[data-quick-hide]")) part("hide.js");
if (document.querySelector("[data-repeat]")) part("repeat.js");
if (document.querySelector("[data-poll-url]")) part("poll.js");
