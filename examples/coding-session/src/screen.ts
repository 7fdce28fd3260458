import { stripVTControlCharacters, styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

export interface Screen {
  /** Prints a line, always. */
  note(text: string, style: Style): void
  /** Prints a line, unless so many came at once that nobody could read them: then says how many were left out. */
  line(text: string, style?: Style): void
  /** The line at the bottom: on a terminal drawn over, else printed once a second. */
  status(text: string, style: Style): void
  /** Prints the last line, and takes the status away. */
  end(text: string, style: Style): void
}

const linesPerWindow = 20
const windowMs = 200

export function createScreen(headless: boolean, out: NodeJS.WriteStream = process.stdout): Screen {
  const plain = headless || !out.isTTY
  let windowStart = 0
  let printed = 0
  let dropped = 0
  let statusText = ''
  let statusAt = 0

  // Whoever read this is gone (`| head`): nobody is left to print for.
  out.once('error', () => process.exit(1))

  const paint = (text: string, style?: Style) => (plain || !style ? text : styleText(style, text, { stream: out }))
  const put = (text: string) => {
    const line = plain ? stripVTControlCharacters(text) : text
    out.write(plain ? `${line}\n` : `\r\x1b[2K${line}\x1b[0m\n${statusText}`)
  }
  const tellDropped = () => {
    if (dropped > 0) put(paint(`  … and ${dropped} more lines`, 'dim'))
    dropped = 0
  }

  return {
    note(text, style) {
      tellDropped()
      put(paint(text, style))
    },
    line(text, style) {
      const now = performance.now()
      if (now - windowStart > windowMs) {
        windowStart = now
        printed = 0
        tellDropped()
      }
      if (printed++ < linesPerWindow) put(paint(text, style))
      else dropped++
    },
    status(text, style) {
      const now = performance.now()
      if (!plain) statusText = paint(text.slice(0, (out.columns || 80) - 1), style)
      if (now - statusAt < (plain ? 1000 : 100)) return
      statusAt = now
      tellDropped()
      if (plain) return put(text)
      out.write(`\r\x1b[2K${statusText}`)
    },
    end(text, style) {
      statusText = ''
      tellDropped()
      put(paint(text, style))
    },
  }
}
