/** Where to go after signing in: a page of ours, never an address that a link from elsewhere brought along. */
export function safeTarget(given: unknown): string {
  return typeof given === 'string' && /^\/(?![/\\])/.test(given) ? given : '/'
}
