/** Hints for unknown keys: a known key of another place, or another tool's name for one. */
import { closest, distance } from "fastest-levenshtein";
import { didYouMean } from "./did-you-mean.ts";
import { allPlaces, knownKeys } from "./known-keys.ts";

type Path = readonly (string | number)[];

/** Other tools' names (lower case, without `_` and `-`), with the key of the scene language. */
const otherWords: ReadonlyMap<string, string> = new Map([
  ...words(
    "dream.stepSize, in 1/255 of full range (pytorch-deepdream's lr of 0.09 is 5.2)",
    "lr learningrate step",
  ),
  ...words("dream.octaves", "numoctaves octaven octavecount pyramidsize numrepeats"),
  ...words("dream.octaveScale", "pyramidratio octaveratio"),
  ...words("dream.octaveScale, the inverse of hvass's rescale_factor", "rescalefactor"),
  ...words(
    "dream.iterations",
    "numgradientascentiterations gradientascentiterations iter itern numiterations steps numsteps",
  ),
  ...words("dream.jitter", "spatialshiftsize shift"),
  ...words("dream.smoothing", "smoothingcoefficient blur"),
  ...words("dream.tile", "tilesize"),
  ...words("dream.totalVariation", "tv tvweight"),
  ...words("dream.layers", "layer layerstouse"),
  ...words("dream.classes", "class"),
  ...words("motion.pan: [x, y], in fractions of the width per second", "translationx translationy"),
  ...words("motion.zoom, a factor per second", "translationz"),
  ...words("motion.rotate, in degrees per second", "angle rotation rotation3dz rotate2d"),
  ...words("motion.tilt, in degrees per second", "rotation3dx perspectivefliptheta pitch"),
  ...words("motion.turn, in degrees per second", "rotation3dy perspectiveflipphi yaw"),
  ...words("motion.fov, in degrees", "perspectiveflipfv fieldofview"),
  ...words("motion.border: mirror, replicate, wrap or source", "padding paddingmode edges"),
  ...words("feedback.amount", "strengthschedule blend"),
  ...words("feedback.every, in frames", "cadence diffusioncadence turboframes turbosteps skip"),
  ...words("feedback.noise, as a share of full range", "noiseschedule noise"),
  ...words("feedback.sharpen", "amountschedule unsharp antiblur"),
  ...words("duration, in frames as 120f", "maxframes numframes framecount ouroboroslength"),
  ...words("duration", "length"),
  ...words("output.size: 640x360", "width height resolution dimensions imgwidth"),
  ...words("output.fps", "framerate rate"),
  ...words("output.quality", "crf"),
  ...words("model", "modelname network net pretrainedweights"),
  ...words("models: { a: pocket, b: googlenet }", "networks nets"),
  ...words("regions: [{ matte, dream }]", "masks areas"),
  ...words("source.image", "initimage inputimage photo picture"),
  ...words("source.video", "videoinitpath inputvideo clip"),
  ...words("source", "input"),
  ...words("audio", "sound music soundtrack"),
  ...words("matte", "mask"),
  ...words("color", "colour"),
  ...words("a shot's: shots: [{ transition: { crossfade: 1s } }]", "transition crossfade"),
  ...words("a timeline entry's: timeline: [{ at: 4s, ease: linear }]", "at ease easing"),
]);

function words(place: string, list: string): [string, string][] {
  return list.split(" ").map((word) => [word, place]);
}

/** The message for a key that the map at `path` cannot have. */
export function unknownKey(key: string, path: Path): string {
  // Keys that a shot may have but a timeline entry may not.
  const start = path.lastIndexOf("timeline");
  const inShot = knownKeys([...path.slice(0, Math.max(0, start)), ...path.slice(start + 2)]);
  if (start >= 0 && inShot.includes(key)) {
    return key === "model" || key === "models"
      ? `the network can change only between shots; set ${key} in each shot, or change the weights of layers of several models`
      : `"${key}" cannot change within a shot; set it outside the timeline, or use shots`;
  }
  return `unknown key "${key}"${meant(key, path)}`;
}

function meant(key: string, path: Path): string {
  const known = knownKeys(path);
  if (key.length > 200) return didYouMean(key, known);
  const spelled = known.find((other) => plain(other) === plain(key));
  if (spelled !== undefined) return `; did you mean "${spelled}"?`;
  const places = allPlaces();
  const same = places.filter((place) => plain(lastOf(place)) === plain(key));
  const other = otherWords.get(plain(key));
  if (same.length > 0) return `; it is ${same.map((place) => from(place, path)).join(" or ")}`;
  if (other !== undefined) return `; here it is ${from(other, path)}`;
  const near = didYouMean(key, known);
  if (near.includes("did you mean")) return near;
  const elsewhere = closest(key, places.map(lastOf));
  const far = distance(key, elsewhere) > Math.max(1, Math.floor(key.length / 4));
  if (far || key.length < 4) return near;
  const place = places.find((one) => lastOf(one) === elsewhere)!;
  return `; did you mean ${from(place, path)}?`;
}

/** The place relative to a shot or an entry; some keys exist only at the top level. */
function from(place: string, path: Path): string {
  const inner = Math.max(path.lastIndexOf("shots"), path.lastIndexOf("timeline"));
  const head = /^\w+/.exec(place)![0];
  const atTop = inner >= 0 && !knownKeys(path.slice(0, inner + 2)).includes(head);
  return atTop && knownKeys([]).includes(head) ? `${place}, at the top of the scene` : place;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, "");
}

function lastOf(place: string): string {
  return place.slice(place.lastIndexOf(".") + 1);
}
