import '@steadywire/react/styles.css'
import { ConnectionIndicator } from '@steadywire/react/components/status'
import { Live } from './live.jsx'

// Browsers ask for an icon otherwise.
export const metadata = { icons: { icon: 'data:,' } }

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <Live>
          <ConnectionIndicator data-floating />
          {children}
        </Live>
      </body>
    </html>
  )
}
