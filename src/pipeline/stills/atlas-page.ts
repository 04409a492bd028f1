import sharp from "sharp";
import type { AtlasTile } from "./atlas-tiles.ts";

/** The atlas as a self-contained page: embedded pictures, a filter, click to enlarge. */
export async function atlasPage(title: string, tiles: readonly AtlasTile[]): Promise<string> {
  const figures = await Promise.all(
    tiles.map(async ({ target, about, png }) => {
      const jpeg = await sharp(png).jpeg({ quality: 88 }).toBuffer();
      return `<figure tabindex="0" data-name="${escapeHtml(target)} ${escapeHtml(about)}"><img alt="${escapeHtml(target)}" src="data:image/jpeg;base64,${jpeg.toString("base64")}"><figcaption><b>${escapeHtml(target)}</b> ${escapeHtml(about === target ? "" : about)}</figcaption></figure>`;
    }),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
<header><h1>${escapeHtml(title)}</h1><input type="search" placeholder="filter" aria-label="filter"></header>
<main>
${figures.join("\n")}
</main>
<script>${script}</script>
</html>
`;
}

const style = `
:root { color-scheme: dark; font: 13px/1.4 system-ui, sans-serif; }
body { margin: 0; background: #101012; color: #c8c8c4; }
header { position: sticky; top: 0; display: flex; gap: 1.5rem; align-items: center; padding: .8rem 1.2rem; background: #101012e0; backdrop-filter: blur(8px); }
h1 { font-size: 1rem; font-weight: 600; margin: 0; color: #f0f0ec; }
input { background: #1c1c20; color: inherit; border: 0; border-radius: 6px; padding: .4rem .7rem; font: inherit; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px; padding: .4rem 1.2rem 2rem; }
figure { margin: 0; cursor: zoom-in; }
figure[hidden] { display: none; }
figure:focus-visible { outline: 2px solid #8ab; outline-offset: 3px; }
figure.large { grid-column: 1 / -1; cursor: zoom-out; }
@media (min-width: 620px) { figure.large { grid-column: span 3; grid-row: span 3; } }
img { width: 100%; display: block; border-radius: 4px; }
figcaption { padding-top: .3rem; overflow-wrap: anywhere; }
b { color: #f0f0ec; font-weight: 600; }
`;

const script = `
const figures = [...document.querySelectorAll("figure")];
for (const figure of figures) {
  figure.onclick = () => figure.classList.toggle("large");
  figure.onkeydown = ({ key }) => key === "Enter" && figure.click();
}
document.querySelector("input").oninput = ({ target }) => {
  const word = target.value.trim().toLowerCase();
  for (const figure of figures) figure.hidden = !figure.dataset.name.toLowerCase().includes(word);
};
`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
