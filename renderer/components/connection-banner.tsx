import { CloudOff } from 'lucide-react'
import type { ConnectionState } from '../transports/connection.ts'
import { strings } from '../strings.ts'

/** Says that what is on the screen is old. Announced when it appears. */
export function ConnectionBanner({ connection }: { readonly connection: ConnectionState }) {
  const isLost = connection === 'offline' || connection === 'refused'
  return (
    <div role="alert">
      {isLost ? (
        <p className="banner">
          <CloudOff size={16} aria-hidden="true" />
          {strings.connection[connection]}
        </p>
      ) : null}
    </div>
  )
}
