import { Dialog } from '@base-ui/react/dialog'
import { type KeyboardEvent, memo, type RefObject, useEffect, useId, useMemo, useRef, useState } from 'react'
import { toTidekeepError } from '../../../common/errors.ts'
import { useToast } from '../../components/toasts.tsx'
import { paletteStrings } from '../../palette-strings.ts'
import { navigate } from '../../state/route.ts'
import { useClient, useSnapshot } from '../../state/services.ts'
import { chooseCommands, commandsFor, type Deed, fileCommands, type PaletteCommand } from './commands.ts'
import { onPaletteKeys, takeEarlyKeys } from './early-keys.ts'
import { useRecentFiles } from './use-recent-files.ts'

const text = paletteStrings
const PAGE = 8

interface CommandPaletteProps {
  /** Gets the focus when a command led somewhere; otherwise it goes back where it was. */
  readonly content: RefObject<HTMLElement | null>
}

/** Ctrl or Cmd+K: everything by its name, without the mouse. Closed, it is not drawn again for what the service tells. */
export const CommandPalette = memo(function CommandPalette({ content }: CommandPaletteProps) {
  const [isOpen, setOpen] = useState(false)
  // Opened again while it still fades, it begins anew.
  const [turn, setTurn] = useState(0)
  const hasGone = useRef(false)
  // The field takes the focus before the dialog could note where it was.
  const opener = useRef<HTMLElement | null>(null)
  const perform = usePerform()
  useEffect(
    () =>
      onPaletteKeys(() => {
        // What another dialog asks is answered first.
        if (document.querySelector('.dialog:not(.palette)') !== null) return void takeEarlyKeys()
        hasGone.current = false
        const focused = document.activeElement
        if (focused instanceof HTMLElement && focused.closest('.palette') === null) opener.current = focused
        setTurn((before) => before + 1)
        setOpen((before) => !before)
      }),
    [],
  )
  const choose = (command: PaletteCommand): void => {
    hasGone.current = command.deed.kind === 'go'
    setOpen(false)
    perform(command.deed)
  }
  return (
    <Dialog.Root
      open={isOpen}
      onOpenChange={(open) => {
        if (!open) takeEarlyKeys()
        setOpen(open)
      }}
      onOpenChangeComplete={(open) => {
        // A dialog that the command led to has the focus already.
        if (!open && hasGone.current && document.querySelector('.dialog:not(.palette)') === null)
          content.current?.focus()
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog palette" finalFocus={() => (hasGone.current ? false : opener.current)}>
          <Dialog.Title className="visually-hidden">{text.title}</Dialog.Title>
          <Choices key={turn} onChoose={choose} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
})

function usePerform(): (deed: Deed) => void {
  const client = useClient()
  const toast = useToast()
  return (deed) => {
    if (deed.kind === 'go') return navigate(deed.screen, deed.section)
    const call = async (): Promise<unknown> => {
      if (deed.kind === 'sync')
        return client.call('folders.sync', deed.folderId === undefined ? {} : { id: deed.folderId })
      if (deed.kind === 'pause') return client.call('pause.set', { durationMs: deed.durationMs })
      return client.call('pause.clear', {})
    }
    call().then(
      () => toast({ text: text.done[deed.kind] }),
      (thrown: unknown) => toast({ text: toTidekeepError(thrown).message }),
    )
  }
}

interface ChoicesProps {
  readonly onChoose: (command: PaletteCommand) => void
}

function Choices({ onChoose }: ChoicesProps) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const [query, setQuery] = useState('')
  const [marked, setMarked] = useState(0)
  const rows = useRecentFiles(true)
  const { status } = useSnapshot()
  const shown = useMemo(
    () =>
      status === null
        ? []
        : [...chooseCommands(commandsFor(status), query), ...fileCommands(rows, status.folders, query)],
    [status, rows, query],
  )
  const active = Math.min(marked, shown.length - 1)
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  })
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = nextIndex(event.key, active, shown.length)
    const command = shown[active]
    if (next !== undefined) setMarked(next)
    else if (event.key === 'Enter' && command !== undefined) onChoose(command)
    else return
    event.preventDefault()
  }
  return (
    <>
      <input
        className="palette-input"
        role="combobox"
        aria-label={text.placeholder}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={active < 0 ? undefined : `${id}-${active}`}
        aria-autocomplete="list"
        placeholder={text.placeholder}
        // A palette that does not take the first key typed is none.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value)
          setMarked(0)
        }}
        onFocus={() => {
          const early = takeEarlyKeys()
          if (early !== '') setQuery((before) => before + early)
        }}
        onKeyDown={onKeyDown}
      />
      {/* The focus stays in the field, which says which line is active. */}
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role, jsx-a11y/interactive-supports-focus */}
      <div className="palette-list" role="listbox" id={`${id}-list`} aria-label={text.list} ref={list}>
        {shown.map((command, index) => (
          <Choice
            key={command.id}
            id={`${id}-${index}`}
            command={command}
            isActive={index === active}
            isFirst={shown[index - 1]?.group !== command.group}
            onChoose={onChoose}
          />
        ))}
      </div>
      <output className="palette-foot muted">{shown.length === 0 ? text.none : text.hint}</output>
    </>
  )
}

interface ChoiceProps {
  readonly id: string
  readonly command: PaletteCommand
  readonly isActive: boolean
  /** Of its group, whose name then stands above it. */
  readonly isFirst: boolean
  readonly onChoose: (command: PaletteCommand) => void
}

function Choice({ id, command, isActive, isFirst, onChoose }: ChoiceProps) {
  return (
    <>
      {isFirst ? (
        <p className="palette-group" aria-hidden="true">
          {text.groups[command.group]}
        </p>
      ) : null}
      {/* The field takes the keys for all of them. */}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus, jsx-a11y/prefer-tag-over-role */}
      <div id={id} role="option" aria-selected={isActive} className="palette-row" onClick={() => onChoose(command)}>
        <bdi>{command.label}</bdi>
        {command.about === '' ? null : <bdi className="muted">{command.about}</bdi>}
      </div>
    </>
  )
}

function nextIndex(key: string, active: number, count: number): number | undefined {
  if (count === 0) return undefined
  switch (key) {
    case 'ArrowDown':
      return (active + 1) % count
    case 'ArrowUp':
      return (active + count - 1) % count
    case 'PageDown':
      return Math.min(active + PAGE, count - 1)
    case 'PageUp':
      return Math.max(active - PAGE, 0)
    default:
      return undefined
  }
}
