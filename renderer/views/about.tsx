import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import type { StatusView } from '../../common/protocol.ts'
import { Button } from '../components/button.tsx'
import { ScreenFrame } from '../components/screen.tsx'
import { formatBytes, formatNumber } from '../format.ts'
import { paletteStrings } from '../palette-strings.ts'
import { SCREENS } from '../state/route.ts'
import { useAction, useServices, useSnapshot } from '../state/services.ts'
import { COVERAGE, strings } from '../strings.ts'

/** What runs here, and the few facts that help when something is odd. No paths, no names: it may be passed on. */
export function AboutScreen({ status }: { readonly status: StatusView }) {
  const { connection } = useServices()
  const state = useSnapshot().connection
  const [isCopied, setCopied] = useState(false)
  const text = strings.about
  const facts = [
    [text.version, status.version],
    [text.transport, text.transports[connection.transport]],
    [text.state, text.states[state]],
    [text.folders, formatNumber(status.folders.length)],
    [text.keptSafe, keptSafe(status)],
    [text.coverage, coverageCounts(status)],
  ] as const
  const copy = useAction(async () => {
    await navigator.clipboard.writeText(facts.map(([name, value]) => `${name}: ${value}`).join('\n'))
    setCopied(true)
  })
  const isMac = navigator.userAgent.includes('Mac')
  return (
    <ScreenFrame title={strings.screens.about}>
      <section className="card about-head">
        <img src={new URL('../mark.svg', import.meta.url).href} alt="" width={48} height={48} />
        <div>
          <h2>{strings.app}</h2>
          <p className="muted">{text.tagline}</p>
        </div>
      </section>
      <section className="card" aria-labelledby="diagnostics">
        <div className="card-head">
          <h2 id="diagnostics">{text.diagnostics}</h2>
          <Button className="button-small" icon={isCopied ? Check : Copy} onClick={() => void copy.run()}>
            {isCopied ? text.copied : text.copy}
          </Button>
        </div>
        <dl className="facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="numbers">{value}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section className="card" aria-labelledby="keys">
        <h2 id="keys">{text.keys}</h2>
        <dl className="facts">
          <div>
            <dt>{paletteStrings.key}</dt>
            <dd>
              <kbd>{isMac ? '⌘' : 'Ctrl'}</kbd> <kbd>K</kbd>
            </dd>
          </div>
          <div>
            <dt>{text.keyScreens}</dt>
            <dd>
              <kbd>{isMac ? '⌘' : 'Ctrl'}</kbd> <kbd>1</kbd> … <kbd>{SCREENS.length}</kbd>
            </dd>
          </div>
          <div>
            <dt>{text.keyLists}</dt>
            <dd>
              <kbd>↑</kbd> <kbd>↓</kbd> <kbd>Home</kbd> <kbd>End</kbd>
            </dd>
          </div>
          <div>
            <dt>{text.keyOpen}</dt>
            <dd>
              <kbd>Enter</kbd> <kbd>Space</kbd> <kbd>Shift</kbd> <kbd>F10</kbd>
            </dd>
          </div>
          <div>
            <dt>{text.keyChange}</dt>
            <dd>
              <kbd>F2</kbd> <kbd>Del</kbd>
            </dd>
          </div>
          <div>
            <dt>{text.keyBack}</dt>
            <dd>
              <kbd>Esc</kbd>
            </dd>
          </div>
        </dl>
      </section>
    </ScreenFrame>
  )
}

function keptSafe(status: StatusView): string {
  const files = status.folders.reduce((sum, folder) => sum + folder.files, 0)
  const bytes = status.folders.reduce((sum, folder) => sum + folder.bytes, 0)
  return `${strings.files({ n: files })}, ${formatBytes(bytes)}`
}

function coverageCounts(status: StatusView): string {
  const byKind = Map.groupBy(status.folders, (folder) => folder.coverage.kind)
  return [...byKind].map(([kind, folders]) => `${COVERAGE[kind]}: ${formatNumber(folders.length)}`).join(', ') || '-'
}
