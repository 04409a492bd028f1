/** A JPEG; one whose address never means another picture is kept by the browser. */
export function jpegAnswer(jpeg: Uint8Array, forever: boolean): Response {
  return new Response(new Uint8Array(jpeg), {
    headers: {
      "Content-Type": "image/jpeg",
      "Cache-Control": forever ? "private, max-age=31536000, immutable" : "no-store",
    },
  });
}
