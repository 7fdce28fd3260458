import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installByApt } from './apt.ts'

const names = ['chromium', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge']
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  `${process.env.ProgramFiles}\\Google\\Chrome\\Application\\chrome.exe`,
  `${process.env['ProgramFiles(x86)']}\\Microsoft\\Edge\\Application\\msedge.exe`,
]

/** The browser that tests run in: `CHROMIUM_PATH`, or what is installed. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH, PATH = '' } = process.env
  if (CHROMIUM_PATH) return CHROMIUM_PATH
  const onPath = PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)))
  return [...onPath, ...places].find((path) => existsSync(path))
}

export const howToGetChromium =
  'The browser tests need Chromium or Chrome. Install it (Debian: apt-get install chromium), or set CHROMIUM_PATH to its executable.'

/** Answers whether there is a browser. Where Debian's may be installed, it is. */
export function ensureChromium(): boolean {
  const found = findChromium() ?? (installByApt('chromium') ? findChromium() : undefined)
  if (found !== undefined && existsSync(found)) {
    console.log(`  ${found}`)
    return true
  }
  console.error(found === undefined ? howToGetChromium : `There is no ${found}. ${howToGetChromium}`)
  return false
}
