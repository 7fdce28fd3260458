import { JSDOM } from 'jsdom'

/** A page to render into, and React as it is in production: import this before React. */
process.env.NODE_ENV = 'production'
const { window } = new JSDOM('<!doctype html><body></body>', { pretendToBeVisual: true })
Object.assign(globalThis, { window, document: window.document })
for (const name of ['requestAnimationFrame', 'cancelAnimationFrame', 'HTMLIFrameElement', 'Node'] as const)
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true })

export function element(): HTMLElement {
  return window.document.body.appendChild(window.document.createElement('div'))
}

export function nextFrame(): Promise<void> {
  return new Promise((resolve) => void window.requestAnimationFrame(() => resolve()))
}
