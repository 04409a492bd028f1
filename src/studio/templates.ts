/** Scenes that begin with a picture, a clip or a sound. */
import { isPicture } from "../image/image.ts";
import { Refused } from "./answer.ts";
import type { NewScene } from "./api.ts";

/**
 * A scene's text by a template. `media` is the path as the scene writes it, `stem` the name of its file, which its output
 * has too. Throws `Refused`.
 */
export function templateText({ template, name, media }: NewScene, stem: string): string {
  const file = JSON.stringify(`out/${stem}.mp4`);
  const title = JSON.stringify(name.replace(/\.[^.]*$/, "").slice(0, 120) || "A dream");
  switch (template) {
    case "zoom":
      return zoom(title, file, media);
    case "clip":
      if (media === undefined)
        throw new Refused(422, "USAGE", "a dream over a clip needs a clip", "Drop one first.");
      return clip(title, file, media);
    case "layers":
      return layers(title, file, media);
    default:
      throw new Refused(422, "USAGE", `there is no template "${String(template)}"`);
  }
}

function zoom(title: string, file: string, media: string | undefined): string {
  const source =
    media === undefined
      ? "  noise: { seed: 7, scale: 4 }"
      : isPicture(media)
        ? `  image: ${JSON.stringify(media)}`
        : `  video: ${JSON.stringify(media)}`;
  return `# An endless zoom: each frame is the last one, moved a little closer and dreamed a little further.
title: ${title}

output:
  file: ${file}
  size: 640x360
  fps: 24

source:
${source}

duration: 10s

dream:
  layers: { creatures2: 1 }
  octaves: 3
  iterations: [2, 2, 1] # few steps per frame, because feedback accumulates them
  stepSize: 2

motion:
  zoom: 1.5 # times per second
  rotate: 4deg # per second
`;
}

function clip(title: string, file: string, media: string): string {
  return `# A dream over a clip: what the dream added follows the movement of the picture.
title: ${title}

output:
  file: ${file}

source:
  video: ${JSON.stringify(media)}

dream:
  layers: { motifs3: 1, creatures1: 1 }
  octaves: 3
  iterations: [4, 3, 2]
  stepSize: 2

feedback:
  amount: 0.8 # share of the last frame's dream that is carried on

mix: 1 # 0 is the clip as it was
`;
}

function layers(title: string, file: string, media: string | undefined): string {
  const sound = media === undefined ? "" : `audio:\n  file: ${JSON.stringify(media)}\n\n`;
  const duration = media === undefined ? "duration: 16s\n\n" : "";
  const zoomed = media === undefined ? "zoom: 1.4" : 'zoom: "1.2 + 0.8 * bass" # the bass pushes';
  return `# One layer after the other${media === undefined ? "" : ", and the sound moves the picture"}.
title: ${title}

output:
  file: ${file}
  size: 640x360
  fps: 24

source:
  noise: { seed: 12, scale: 5 }

${sound}${duration}dream:
  octaves: 3
  iterations: [2, 2, 1]
  stepSize: 2

motion:
  ${zoomed}

timeline:
  - at: 0s
    dream: { layers: { patterns1: 1 } }
  - at: 25%
    ease: ease-in-out
    dream: { layers: { patterns2: 1 } }
  - at: 50%
    ease: ease-in-out
    dream: { layers: { motifs1: 1 } }
  - at: 75%
    ease: ease-in-out
    dream: { layers: { creatures2: 1 } }
`;
}
