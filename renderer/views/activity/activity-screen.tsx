import { Tabs } from '@base-ui/react/tabs'
import { memo } from 'react'
import type { StatusView } from '../../../common/protocol.ts'
import { ScreenFrame } from '../../components/screen.tsx'
import { navigate } from '../../state/route.ts'
import { strings } from '../../strings.ts'
import { ErrorsTab } from './errors-tab.tsx'
import { HistoryTab } from './history-tab.tsx'
import { LiveTab } from './live-tab.tsx'

const SECTIONS = ['live', 'history', 'errors'] as const

interface ActivityScreenProps {
  readonly status: StatusView
  readonly section: string
}

/** What happens now, what happened, and what did not work. */
export function ActivityScreen({ status, section }: ActivityScreenProps) {
  const shown = SECTIONS.find((known) => known === section) ?? 'live'
  const errors = status.folders.reduce((sum, folder) => sum + folder.dead, 0)
  return (
    <ScreenFrame title={strings.screens.activity} layout="fill">
      <Tabs.Root className="tabs" value={shown} onValueChange={(value) => navigate('activity', String(value))}>
        <TabList errors={errors} />
        <Tabs.Panel value="live" className="tab-panel">
          <LiveTab status={status} />
        </Tabs.Panel>
        <Tabs.Panel value="history" className="tab-panel">
          <HistoryTab folders={status.folders} />
        </Tabs.Panel>
        <Tabs.Panel value="errors" className="tab-panel">
          <ErrorsTab status={status} />
        </Tabs.Panel>
      </Tabs.Root>
    </ScreenFrame>
  )
}

/** Drawn again for another number only: a status comes with every few files. */
const TabList = memo(function TabList({ errors }: { readonly errors: number }) {
  return (
    <Tabs.List className="tab-list" aria-label={strings.activity.tabs} activateOnFocus>
      {SECTIONS.map((name) => (
        <Tabs.Tab key={name} value={name} className="tab">
          {strings.activity[name]}
          {name === 'errors' && errors > 0 ? <span className="badge numbers">{errors}</span> : null}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  )
})
