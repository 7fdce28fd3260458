import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import type { SessionState } from './data/session-state.ts'
import { colour, watchColours } from './theme.ts'

export interface TerminalFace {
  /** Shows what was printed up to a seq; writes only what is new, where that is possible. */
  show(events: SessionState['events'], upTo: number): void
  close(): void
}

const ansi = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const

/** A terminal that nobody types into, in the colours of the page. */
export function openTerminal(place: HTMLElement): TerminalFace {
  const terminal = new Terminal({
    disableStdin: true,
    convertEol: true,
    scrollback: 5000,
    fontFamily: colour('mono'),
    fontSize: place.clientWidth < 500 ? 11.5 : 13,
    lineHeight: 1.35,
    cursorInactiveStyle: 'none',
    // Programs choose colours without knowing the ground: AA all the same.
    minimumContrastRatio: 4.5,
    screenReaderMode: true,
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  terminal.open(place)
  terminal.textarea?.setAttribute('aria-label', 'Output of the command, read only')
  // Whoever listens reads it when they like: not every line is called out.
  place.querySelector('.live-region')?.setAttribute('aria-live', 'off')
  terminal.attachCustomKeyEventHandler((event) => scrollBy(terminal, event))
  const paint = (): void => {
    terminal.options.theme = {
      background: colour('terminal'),
      foreground: colour('terminal-ink'),
      cursor: colour('terminal'),
      selectionBackground: colour('terminal-selection'),
      scrollbarSliderBackground: colour('terminal-slider'),
      ...Object.fromEntries(ansi.map((name) => [name, colour(`ansi-${name}`)])),
      ...Object.fromEntries(
        ansi.map((name) => [`bright${name[0]?.toUpperCase()}${name.slice(1)}`, colour(`ansi-${name}`)]),
      ),
    }
  }
  paint()
  const unwatch = watchColours(paint)
  const resized = new ResizeObserver(() => fit.fit())
  resized.observe(place)

  let written = 0
  return {
    show(events, upTo) {
      const last = Math.min(upTo, events.at(-1)?.seq ?? 0)
      if (last < written) {
        terminal.reset()
        written = 0
      }
      for (const event of events)
        if (event.type === 'terminal' && event.seq > written && event.seq <= last) terminal.write(event.data.output)
      written = last
    },
    close() {
      unwatch()
      resized.disconnect()
      terminal.dispose()
    },
  }
}

const pages: Readonly<Record<string, number>> = { PageUp: -1, PageDown: 1 }
const lines: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1 }

/** Keys that scroll do so, and no other is taken: Tab goes on to what comes next. */
function scrollBy(terminal: Terminal, { key, type }: KeyboardEvent): false {
  if (type === 'keydown') {
    terminal.scrollPages(pages[key] ?? 0)
    terminal.scrollLines(lines[key] ?? 0)
  }
  return false
}
