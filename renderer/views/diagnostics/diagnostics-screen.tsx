import { Tabs } from '@base-ui/react/tabs'
import { ScreenFrame } from '../../components/screen.tsx'
import { diagnosticStrings } from '../../diagnostic-strings.ts'
import { navigate } from '../../state/route.ts'
import { BundleTab } from './bundle-tab.tsx'
import { ChecksTab } from './checks-tab.tsx'
import { LogTab } from './log-tab.tsx'

const SECTIONS = ['checks', 'log', 'bundle'] as const

/** What helps when something is odd: a check-up, the log, and a file for whoever helps. */
export function DiagnosticsScreen({ section }: { readonly section: string }) {
  const shown = SECTIONS.find((known) => known === section) ?? 'checks'
  return (
    <ScreenFrame title={diagnosticStrings.title} layout="fill">
      <Tabs.Root className="tabs" value={shown} onValueChange={(value) => navigate('diagnostics', String(value))}>
        <Tabs.List className="tab-list" aria-label={diagnosticStrings.tabList} activateOnFocus>
          {SECTIONS.map((name) => (
            <Tabs.Tab key={name} value={name} className="tab">
              {diagnosticStrings.tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="checks" className="tab-panel">
          <ChecksTab />
        </Tabs.Panel>
        <Tabs.Panel value="log" className="tab-panel">
          <LogTab />
        </Tabs.Panel>
        <Tabs.Panel value="bundle" className="tab-panel">
          <BundleTab />
        </Tabs.Panel>
      </Tabs.Root>
    </ScreenFrame>
  )
}
