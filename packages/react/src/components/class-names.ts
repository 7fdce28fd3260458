/** The component's own class, and what the app adds. */
export function classNames(own: string, added: string | undefined): string {
  return added ? `${own} ${added}` : own
}
