import { displayName, splitPath } from '../names.ts'

interface PathTextProps {
  readonly path: string
  /** `name`: the last segment alone. */
  readonly show?: 'path' | 'name'
}

/** A path as text and nothing else: its direction isolated, its folder giving way to its name when room is short. */
export function PathText({ path, show = 'path' }: PathTextProps) {
  const { directory, name } = splitPath(path)
  return (
    <bdi className="path" dir="ltr" title={displayName(path)}>
      {show === 'name' || directory === '' ? null : (
        <span className="path-directory" data-short={directory.length < 5 || undefined}>
          {directory}
        </span>
      )}
      <span className="path-name">{name}</span>
    </bdi>
  )
}
