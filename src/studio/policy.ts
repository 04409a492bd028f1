/** The Content-Security-Policy of every answer. `style`: what style elements are allowed besides the page's own files. */
export function policyWith(style: string): string {
  return [
    "default-src 'self'",
    "script-src 'self'",
    `style-src 'self' ${style}`,
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
