const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_'

/**
 * A globally unique id of 22 characters (132 random bits), from the platform's secure source. Its last 8 characters
 * alone are 48 random bits, so that marks tell events apart. `crypto.randomUUID` is missing on plain-http pages.
 */
export function randomId(): string {
  let id = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(22))) id += alphabet[byte & 63]
  return id
}
