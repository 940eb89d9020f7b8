import { Dialog } from '@base-ui/react/dialog'
import { Tabs } from '@base-ui/react/tabs'
import { X } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import type { FolderChange, FolderView } from '../../../../common/protocol.ts'
import type { FolderSettings, Settings } from '../../../../common/settings.ts'
import { ErrorNote } from '../../../components/notes.tsx'
import { folderStrings } from '../../../folder-strings.ts'
import { displayName } from '../../../names.ts'
import { useAction, useClient } from '../../../state/services.ts'
import { strings } from '../../../strings.ts'
import { type SaveSetting, SettingsFormContext } from '../../settings/settings-form.ts'
import { FilesTab } from './files-tab.tsx'
import { HowTab } from './how-tab.tsx'
import { PlaceTab } from './place-tab.tsx'
import { SafetyTab } from './safety-tab.tsx'
import { WhenTab } from './when-tab.tsx'

const TABS = ['files', 'place', 'when', 'how', 'safety'] as const

/** What every tab gets. */
export interface TabProps {
  readonly folder: FolderView
  readonly stored: FolderSettings
  /** Takes effect at once. */
  readonly change: (change: Omit<FolderChange, 'id'>) => Promise<void>
}

interface FolderEditorProps {
  readonly folder: FolderView
  readonly open: boolean
  readonly onClose: () => void
}

/** Everything about one folder that can be set. */
export function FolderEditor({ folder, open, onClose }: FolderEditorProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog dialog-wide editor">
          <div className="editor-head">
            <Dialog.Title className="dialog-title">
              {folderStrings.title({ name: displayName(folder.name) })}
            </Dialog.Title>
            <Dialog.Close className="button button-quiet button-icon" aria-label={strings.close} title={strings.close}>
              <X size={18} aria-hidden="true" />
            </Dialog.Close>
          </div>
          {open ? <Editor folder={folder} /> : null}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Editor({ folder }: { readonly folder: FolderView }) {
  const client = useClient()
  const [settings, setSettings] = useState<Settings | null>(null)
  const read = useAction(async () => setSettings(await client.call('settings.get', {})))
  useEffect(() => {
    void read.run()
    // Read when the editor opens; the action itself is new on every draw.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [])
  const change = useCallback<TabProps['change']>(
    async (changed) => {
      await client.call('folders.change', { id: folder.id, ...changed })
      setSettings(await client.call('settings.get', {}))
    },
    [client, folder.id],
  )
  const save = useCallback<SaveSetting>(
    async (key, value) => setSettings(await client.call('settings.set', { key, value })),
    [client],
  )
  const stored = settings?.folders.find(({ id }) => id === folder.id)
  if (settings === null || stored === undefined) {
    return (
      <>
        <ErrorNote error={read.error} />
        {read.error === null ? <p className="muted">{strings.loading}</p> : null}
      </>
    )
  }
  const props: TabProps = { folder, stored, change }
  return (
    <SettingsFormContext value={{ settings, save }}>
      <Tabs.Root className="tabs editor-tabs" defaultValue="files">
        <Tabs.List className="tab-list" aria-label={folderStrings.tabList} activateOnFocus>
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name} className="tab">
              {folderStrings.tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="files" className="editor-panel" keepMounted>
          <FilesTab {...props} />
        </Tabs.Panel>
        <Tabs.Panel value="place" className="editor-panel">
          <PlaceTab {...props} />
        </Tabs.Panel>
        <Tabs.Panel value="when" className="editor-panel">
          <WhenTab {...props} />
        </Tabs.Panel>
        <Tabs.Panel value="how" className="editor-panel">
          <HowTab {...props} />
        </Tabs.Panel>
        <Tabs.Panel value="safety" className="editor-panel">
          <SafetyTab {...props} />
        </Tabs.Panel>
      </Tabs.Root>
    </SettingsFormContext>
  )
}
