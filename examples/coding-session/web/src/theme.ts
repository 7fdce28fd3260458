import { device } from './storage.ts'

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const key = 'theme'

export function storedTheme(): Theme {
  const stored = device.getItem(key)
  return themes.find((theme) => theme === stored) ?? 'auto'
}

/** `auto` leaves it to the system; the style sheet knows the rest. */
export function applyTheme(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  device.setItem(key, theme)
}

/** Calls back when colours may have changed, by the switch or by the system. */
export function watchColours(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  const attribute = new MutationObserver(changed)
  system.addEventListener('change', changed)
  attribute.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  return () => {
    system.removeEventListener('change', changed)
    attribute.disconnect()
  }
}

/** A colour of the style sheet, as it is now. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}
