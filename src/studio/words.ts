/** Values of a scene that are words or switches, with their choices: what the page shows as menus and switches. */
import {
  ascentSpaces,
  borders,
  codecs,
  engineChoices,
  feedbackModes,
  feedbackWarps,
  guideMatches,
  presetNames,
  sceneCutRules,
} from "../choices.ts";
import { isStill, type Scene } from "../scene/scene.ts";
import type { ValuePath, WordSummary } from "./api-scene.ts";

interface Word {
  readonly path: readonly string[];
  readonly label: string;
  readonly choices: WordSummary["choices"];
  /** What the choice of none is called; the key is then taken out. */
  readonly none?: string;
  /** What holds in a scene; undefined is none. */
  readonly of: (scene: Scene) => WordSummary["value"] | undefined;
  /** Whether it has an effect there; one that is written is shown all the same. */
  readonly applies?: (scene: Scene) => boolean;
}

const feeds = ({ feedback }: Scene): boolean => feedback.amount.value !== 0;
const moves = ({ source }: Scene): boolean => !isStill(source);
const flags = [true, false] as const;

/** Of each shot. */
const ofShots: readonly Word[] = [
  {
    path: ["dream", "preset"],
    label: "preset",
    choices: presetNames,
    none: "none",
    of: ({ dream }) => dream.preset,
  },
  {
    path: ["dream", "space"],
    label: "space",
    choices: ascentSpaces,
    of: ({ dream }) => dream.space ?? "pixels",
  },
  {
    path: ["dream", "guide", "match"],
    label: "guide match",
    choices: guideMatches,
    of: ({ dream }) => dream.guide?.match,
    applies: ({ dream }) => dream.guide !== undefined,
  },
  {
    path: ["dream", "tile"],
    label: "tiles",
    choices: ["auto", "off"],
    of: ({ dream }) => String(dream.tile ?? "auto"),
  },
  {
    path: ["motion", "border"],
    label: "border",
    choices: borders,
    of: ({ motion }) => motion.border,
    applies: feeds,
  },
  {
    path: ["feedback", "mode"],
    label: "mode",
    choices: feedbackModes,
    of: ({ feedback }) => feedback.mode,
    applies: feeds,
  },
  {
    path: ["feedback", "warp"],
    label: "warp",
    choices: feedbackWarps,
    of: ({ feedback }) => feedback.warp,
    applies: (scene) => feeds(scene) && moves(scene),
  },
  {
    path: ["feedback", "sceneCut"],
    label: "at a cut",
    choices: sceneCutRules,
    of: ({ feedback }) => feedback.sceneCut,
    applies: (scene) => feeds(scene) && moves(scene),
  },
  {
    path: ["feedback", "occlusion"],
    label: "occlusion",
    choices: flags,
    of: ({ feedback }) => feedback.occlusion,
    applies: (scene) => feeds(scene) && moves(scene) && scene.feedback.warp === "flow",
  },
  {
    path: ["color", "match"],
    label: "match",
    choices: ["first", "source", "off"],
    of: ({ color: { match } }) => (typeof match === "string" ? match : "a picture"),
  },
  {
    path: ["matte", "invert"],
    label: "matte inverted",
    choices: flags,
    of: ({ matte }) => matte?.invert,
    applies: ({ matte }) => matte !== undefined,
  },
];

/** Of the whole film. */
const ofFilm: readonly Word[] = [
  { path: ["engine"], label: "engine", choices: engineChoices, of: ({ engine }) => engine },
  {
    path: ["loop"],
    label: "loop",
    choices: flags,
    of: ({ loop }) => loop,
    applies: ({ shots = [] }) => shots.length < 2,
  },
  {
    path: ["output", "codec"],
    label: "codec",
    choices: codecs,
    none: "by the ending",
    of: ({ output }) => output.codec,
    applies: ({ output }) => output.target.type === "video",
  },
  {
    path: ["output", "keepFrames"],
    label: "keep frames",
    choices: ["auto", true, false],
    of: ({ output }) => output.keepFrames,
  },
  {
    path: ["audio", "mux"],
    label: "sound in film",
    choices: flags,
    of: ({ audio }) => audio?.mux,
    applies: ({ audio }) => audio !== undefined,
  },
];

/** The words of a scene, those of the film first. `isWritten`: whether the text sets a value of a shot, or of the film. */
export function wordsOf(
  scene: Scene,
  isWritten: (path: ValuePath, shot?: number) => boolean,
): WordSummary[] {
  const summary = (word: Word, of: Scene, shot?: number): WordSummary[] => {
    const { path, label, choices, none, applies = () => true } = word;
    const written = isWritten(path, shot);
    if (!written && !applies(of)) return [];
    const value = word.of(of) ?? none;
    if (value === undefined) return [];
    return [
      {
        path,
        label,
        choices,
        value,
        written,
        ...(shot === undefined ? {} : { shot }),
        ...(none === undefined ? {} : { none }),
      },
    ];
  };
  return [
    ...ofFilm.flatMap((word) => summary(word, scene)),
    ...(scene.shots
      ? scene.shots.flatMap((own, shot) => ofShots.flatMap((word) => summary(word, own, shot)))
      : ofShots.flatMap((word) => summary(word, scene))),
  ];
}
