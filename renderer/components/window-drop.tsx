import { FolderPlus } from 'lucide-react'
import { useEffect, useState } from 'react'
import { encodeFolders } from '../state/asked-folders.ts'
import { navigate } from '../state/route.ts'
import { strings } from '../strings.ts'
import { useToast } from './toasts.tsx'

/**
 * Folders dropped anywhere on the window lead into adding them. A browser does not tell where they are, so there it says
 * what to do instead. What is dropped is never opened by the page.
 */
export function WindowDrop() {
  const toast = useToast()
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const isFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true
    const onDragOver = (event: DragEvent): void => {
      if (!isFiles(event)) return
      // The wizard takes them by itself, where it says so.
      const isTaken = event.defaultPrevented
      event.preventDefault()
      setOver(!isTaken)
    }
    const onDragLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false)
    }
    const onDrop = (event: DragEvent): void => {
      setOver(false)
      if (!isFiles(event) || event.defaultPrevented) return
      event.preventDefault()
      if (window.tidekeep === undefined) return toast({ text: strings.drop.inBrowser })
      const paths = droppedFolders(event, window.tidekeep)
      if (paths.length === 0) toast({ text: strings.drop.noFolder })
      else navigate('add', encodeFolders(paths))
    }
    window.addEventListener('dragover', onDragOver)
    window.addEventListener('dragleave', onDragLeave)
    window.addEventListener('drop', onDrop)
    return () => {
      window.removeEventListener('dragover', onDragOver)
      window.removeEventListener('dragleave', onDragLeave)
      window.removeEventListener('drop', onDrop)
    }
  }, [toast])
  if (!isOver) return null
  return (
    <div className="drop-cover" aria-hidden="true">
      <p>
        <FolderPlus size={28} strokeWidth={1.75} />
        {strings.drop.here}
      </p>
    </div>
  )
}

function droppedFolders(event: DragEvent, bridge: NonNullable<typeof window.tidekeep>): readonly string[] {
  return [...(event.dataTransfer?.items ?? [])].flatMap((item) => {
    // Files cannot be kept by themselves; where it cannot be told, the service will.
    if (item.webkitGetAsEntry()?.isDirectory === false) return []
    const path = bridge.pathForFile(item.getAsFile())
    return path === '' ? [] : [path]
  })
}
