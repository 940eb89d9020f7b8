import { attentionRoute } from '../common/attention-route.ts'
import type { AttentionView } from '../common/protocol.ts'
import { routeHref } from './state/route.ts'

/** Brings the main window up at a route: through the desktop shell where there is one, else in a tab of its own. */
export function openMainWindow(screen: Parameters<typeof routeHref>[0], section = ''): void {
  const bridge = window.tidekeep
  if (bridge !== undefined) {
    bridge.openWindow(section === '' ? screen : `${screen}/${section}`)
    bridge.hide()
    return
  }
  window.open(`index.html${routeHref(screen, section)}`, 'tidekeep-main')
}

/** Where a matter is dealt with. */
export function routeForAttention(attention: AttentionView): Parameters<typeof routeHref> {
  const [screen, section = ''] = attentionRoute(attention)
  return [screen, section]
}
