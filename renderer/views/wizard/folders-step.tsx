import { FolderPlus } from 'lucide-react'
import { type DragEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { SourceSuggestion } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Note } from '../../components/notes.tsx'
import { displayName, folderName } from '../../names.ts'
import { useClient } from '../../state/services.ts'
import { wizardStrings } from '../../wizard-strings.ts'
import { BrowseDialog } from './browse-dialog.tsx'
import { SourceRow } from './source-row.tsx'
import { StepFrame } from './step-frame.tsx'
import { type Measured, useSizes } from './use-sizes.ts'
import { isInside } from './wizard-state.ts'
import type { StepProps } from './wizard.tsx'

/** Ticks what to protect: suggested folders with their sizes, and any other that is browsed to or dropped. */
export function FoldersStep({ state, send, folders, onBack, onNext }: StepProps) {
  const text = wizardStrings.folders
  const suggested = useSuggestions()
  const [isBrowsing, setBrowsing] = useState(false)
  const [problem, setProblem] = useState('')
  const browse = useRef<HTMLButtonElement>(null)
  const shown = useMemo(() => {
    const others = state.added.filter(({ path }) => !suggested.some((each) => each.path === path))
    return [...suggested, ...others]
  }, [suggested, state.added])
  const paths = useMemo(() => shown.map(({ path }) => path), [shown])
  const sizes = useSizes(paths)
  const add = (path: string): void => {
    setProblem('')
    send({ kind: 'added', folder: { name: folderName(path), path } })
  }
  const drop = useDrop(add, () => setProblem(text.dropped))
  const choose = async (): Promise<void> => {
    if (window.tidekeep === undefined) return setBrowsing(true)
    const path = await window.tidekeep.pickFolder()
    if (path !== null) add(path)
  }
  const next = (): void => (state.ticked.length === 0 ? setProblem(text.none) : onNext())
  return (
    <StepFrame
      title={text.title}
      text={text.text}
      onBack={onBack}
      onNext={next}
      foot={<Chosen ticked={state.ticked} sizes={sizes} />}
    >
      <div className="sources" {...drop.handlers} data-over={drop.isOver || undefined}>
        <fieldset>
          <legend className="visually-hidden">{text.legend}</legend>
          <ul className="source-rows">
            {shown.map((source) => (
              <li key={source.path}>
                <SourceRow
                  source={source}
                  measured={sizes.get(source.path)}
                  isTicked={state.ticked.includes(source.path)}
                  refusal={refusalOf(source, state.ticked, folders)}
                  onTick={(isOn) => {
                    setProblem('')
                    send({ kind: 'ticked', path: source.path, isOn })
                  }}
                />
              </li>
            ))}
          </ul>
        </fieldset>
        <div className="source-more">
          <Button ref={browse} icon={FolderPlus} onClick={() => void choose()}>
            {text.browse}
          </Button>
          {drop.canDrop ? <span className="muted">{text.drop}</span> : null}
        </div>
      </div>
      <div role="alert">{problem === '' ? null : <Note tone="warn">{problem}</Note>}</div>
      <BrowseDialog open={isBrowsing} start="" onClose={() => setBrowsing(false)} onChoose={add} opener={browse} />
    </StepFrame>
  )
}

/** Why a folder cannot be ticked. The service checks this again; here it only saves the way there. */
function refusalOf(
  { path }: SourceSuggestion,
  ticked: readonly string[],
  folders: StepProps['folders'],
): string | undefined {
  // One that was asked for by name gets a second place.
  if (folders.some((folder) => folder.path === path) && !ticked.includes(path)) return wizardStrings.folders.already
  const around = ticked.find((each) => isInside(path, each))
  return around === undefined ? undefined : wizardStrings.folders.inside({ name: displayName(folderName(around)) })
}

function Chosen({
  ticked,
  sizes,
}: {
  readonly ticked: readonly string[]
  readonly sizes: ReadonlyMap<string, Measured>
}) {
  if (ticked.length === 0) return null
  let files = 0
  let bytes = 0
  let isCounting = false
  for (const path of ticked) {
    const measured = sizes.get(path)
    isCounting ||= measured === undefined || ('size' in measured && !measured.size.complete)
    if (measured === undefined || 'problem' in measured) continue
    files += measured.size.files
    bytes += measured.size.bytes
  }
  // Told once, not with every folder that was counted.
  return (
    <span className="muted numbers" aria-live={isCounting ? 'off' : 'polite'}>
      {wizardStrings.folders.chosen({ n: ticked.length, files, bytes })}
    </span>
  )
}

const NO_SUGGESTIONS: readonly SourceSuggestion[] = []

function useSuggestions(): readonly SourceSuggestion[] {
  const client = useClient()
  const [suggested, setSuggested] = useState(NO_SUGGESTIONS)
  useEffect(() => {
    // Without suggestions, browsing still finds every folder.
    client.call('sources.suggest', {}).then(setSuggested, () => undefined)
  }, [client])
  return suggested
}

/** Takes dropped folders where the desktop shell can tell their paths; a browser cannot. */
function useDrop(add: (path: string) => void, refuse: () => void) {
  const [isOver, setOver] = useState(false)
  const bridge = window.tidekeep
  if (bridge === undefined) return { isOver: false, canDrop: false, handlers: {} }
  const handlers = {
    onDragOver: (event: DragEvent) => {
      event.preventDefault()
      setOver(true)
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault()
      setOver(false)
      const paths = [...event.dataTransfer.files].map((file) => bridge.pathForFile(file)).filter((path) => path !== '')
      for (const path of paths) add(path)
      if (paths.length === 0) refuse()
    },
  }
  return { isOver, canDrop: true, handlers }
}
