import { type ReactElement, useState } from 'react'
import { applyTheme, storedTheme, themes } from '../theme.ts'
import { Icon } from './icons.tsx'

const faces = {
  auto: { icon: 'auto', name: 'as the system' },
  light: { icon: 'sun', name: 'light' },
  dark: { icon: 'moon', name: 'dark' },
} as const

/** Light, dark, or as the system has it: one button that goes round. */
export function ThemeSwitch(): ReactElement {
  const [theme, setTheme] = useState(storedTheme)
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'auto'
  const label = `Colours: ${faces[theme].name}. Change to ${faces[next].name}`
  return (
    <button
      type="button"
      className="quiet"
      aria-label={label}
      title={label}
      onClick={() => {
        applyTheme(next)
        setTheme(next)
      }}
    >
      <Icon name={faces[theme].icon} />
    </button>
  )
}
