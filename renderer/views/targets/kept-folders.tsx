import type { FolderView } from '../../../common/protocol.ts'
import { StateIcon } from '../../components/state-icon.tsx'
import { displayName } from '../../names.ts'
import { routeHref } from '../../state/route.ts'
import { FOLDER_STATES } from '../../strings.ts'
import { targetStrings } from '../../target-strings.ts'

/** The folders kept at a place, each a link to its card. */
export function KeptFolders({ folders, none }: { readonly folders: readonly FolderView[]; readonly none: string }) {
  if (folders.length === 0) return <p className="muted">{none}</p>
  return (
    <div className="kept-folders">
      <span className="muted">{targetStrings.keptHere}</span>
      <ul>
        {folders.map((folder) => (
          <li key={folder.id}>
            <a
              className="kept-folder"
              href={routeHref('folders', folder.id)}
              title={FOLDER_STATES[folder.state]}
              aria-label={`${displayName(folder.name)}: ${FOLDER_STATES[folder.state]}`}
            >
              <StateIcon state={folder.state} size="small" />
              <bdi>{displayName(folder.name)}</bdi>
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}
