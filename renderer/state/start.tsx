import { CSPProvider } from '@base-ui/react/csp-provider'
import { type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import type { Client } from '../../common/protocol.ts'
import { connect } from '../transports/connect.ts'
import { watchUse } from './in-use.ts'
import { activateLanguage, followLanguage, followOtherWindows } from './language.ts'
import { createPictures } from './pictures.ts'
import { ServicesContext } from './services.ts'
import { sessionMemory } from './session-memory.ts'
import { createStore } from './store.ts'
import { applyRememberedTheme, applyTheme } from './theme.ts'
import { createClock } from './window-clock.ts'

/** Connects, and draws `screen` into the page. Called once by each entry point. */
export function start(screen: ReactNode): void {
  const root = document.getElementById('root')
  if (root === null) throw new Error('The page has no root element.')
  const connection = connect()
  const pictures = createPictures(watchUse())
  const store = createStore(connection, pictures, sessionMemory)
  const services = { connection, store, clock: createClock(pictures), pictures }
  window.addEventListener('pagehide', store.remember)
  activateLanguage()
  followOtherWindows()
  applyRememberedTheme()
  // Without an answer both follow the computer, which is what a first start wants anyway.
  followTheme(connection).catch(() => undefined)
  followLanguage(connection).catch(() => undefined)
  createRoot(root).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <ServicesContext value={services}>{screen}</ServicesContext>
      </CSPProvider>
    </StrictMode>,
  )
}

async function followTheme(client: Client): Promise<void> {
  applyTheme((await client.call('settings.get', {})).theme)
}
