// Search without a server: the index is a script, loaded when someone begins to search.
const form = document.getElementById("search");
const input = form.querySelector("input");
const results = form.querySelector("ol");
const { root } = document.currentScript?.dataset ?? document.querySelector("script[data-root]").dataset;
const most = 12;
let loading;

form.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  results.querySelector("a")?.click();
});
input.addEventListener("focus", load);
input.addEventListener("input", search);
input.addEventListener("keydown", (event) => {
  if (event.key === "Escape") clear();
  if (event.key === "ArrowDown") results.querySelector("a")?.focus();
});
results.addEventListener("keydown", (event) => {
  const item = document.activeElement.closest("li");
  const next =
    event.key === "ArrowDown" ? item?.nextElementSibling : event.key === "ArrowUp" && item?.previousElementSibling;
  if (next) next.querySelector("a").focus();
  else if (event.key === "ArrowUp") input.focus();
  if (event.key === "Escape") clear();
  if (event.key.startsWith("Arrow")) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input")) return;
  event.preventDefault();
  input.focus();
});

function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${root}search-index.js`;
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return loading;
}

function clear() {
  input.value = "";
  results.replaceChildren();
  input.focus();
}

async function search() {
  await load();
  const words = input.value
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return results.replaceChildren();
  const found = globalThis.searchIndex
    .map((entry) => ({ entry, score: scoreOf(entry, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, most);
  results.replaceChildren(...(found.length === 0 ? [nothing()] : found.map(({ entry }) => itemOf(entry, words))));
}

/** All words have to be there. A word in a title counts more than one in a text, a whole title most of all. */
function scoreOf([address, title, heading, text], words) {
  const places = [
    [heading.toLowerCase(), 8],
    [title.toLowerCase(), 5],
    [text.toLowerCase(), 1],
  ];
  let score = 0;
  for (const word of words) {
    const best = places.reduce((sum, [place, weight]) => sum + (place.includes(word) ? weight : 0), 0);
    if (best === 0) return 0;
    score += best;
  }
  const whole = words.join(" ");
  // What helps an operator comes before what explains the project.
  if (/^(?:guides|errors|join-failures)\//.test(address)) score *= 2;
  return score + (places[0][0] === whole || (heading === "" && places[1][0] === whole) ? 50 : 0);
}

function itemOf([address, title, heading, text], words) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = root + address;
  const name = document.createElement("strong");
  name.textContent = heading === "" ? title : heading;
  const where = document.createElement("span");
  where.textContent = heading === "" ? "" : title;
  const excerpt = document.createElement("small");
  excerpt.append(...marked(text, words));
  link.append(name, " ", where, excerpt);
  item.append(link);
  return item;
}

/** The text around the first word, with all words marked. */
function marked(text, words) {
  const lower = text.toLowerCase();
  const at = Math.min(...words.map((word) => lower.indexOf(word)).filter((index) => index !== -1), text.length);
  const start = at === text.length ? 0 : Math.max(0, at - 50);
  const part = `${start > 0 ? "…" : ""}${text.slice(start, start + 160)}${text.length > start + 160 ? "…" : ""}`;
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "gi");
  return part.split(pattern).map((piece, index) => {
    if (index % 2 === 0) return piece;
    const mark = document.createElement("mark");
    mark.textContent = piece;
    return mark;
  });
}

function nothing() {
  const item = document.createElement("li");
  item.className = "nothing";
  item.textContent = "Nothing found.";
  return item;
}
