import type { Drive } from './drive.ts'
import { itemJson } from './item-json.ts'
import { GraphFailure, type GraphRequest, type Item, type Reply } from './types.ts'

const DEFAULT_PAGE_ITEMS = 200

/** Where an enumeration stands. Kept, so that a page that is asked for twice is the same page. */
interface Position {
  readonly driveId: string
  readonly scopeId: string
  readonly queue: readonly string[]
  readonly since: number
}

/** Delta of one server: positions by token. */
export class Deltas {
  readonly #positions = new Map<string, Position>()
  #count = 0

  /** One page. `origin` is put before the links, which are absolute and opaque. */
  page(request: GraphRequest, { drive, scope, origin }: { drive: Drive; scope: Item; origin: string }): Reply {
    if (scope !== drive.root && drive.kind !== 'personal')
      throw new GraphFailure(400, 'notSupported', 'deltaOfRootOnly')
    const token = request.query.get('token')
    const base = `${origin}/v1.0/drives/${drive.id}/items/${scope.id}/delta`
    if (token === 'latest')
      return this.#end([], base, { driveId: drive.id, scopeId: scope.id, queue: [], since: drive.sequence })
    const position = token === undefined ? this.#begin(drive, scope) : this.#positions.get(token)
    if (position === undefined || position.driveId !== drive.id || position.scopeId !== scope.id)
      throw new GraphFailure(400, 'invalidRequest', 'badDeltaToken')
    if (position.since < drive.oldestSequence) throw resync(base)
    return this.#tell(drive, base, this.#withNews(drive, position))
  }

  #begin(drive: Drive, scope: Item): Position {
    const ids = [...drive.items.values()]
      .filter((item) => drive.isWithin(item, scope))
      .filter((item) => !item.isDeleted)
      .map(({ id }) => id)
    const queue = drive.quirks.childrenFirst === true ? ids.toReversed() : ids
    return { driveId: drive.id, scopeId: scope.id, queue, since: drive.sequence }
  }

  /** What changed meanwhile comes after what is left. */
  #withNews(drive: Drive, position: Position): Position {
    if (position.queue.length > 0) return position
    const scope = drive.items.get(position.scopeId)!
    const changed = [...drive.items.values()]
      .filter((item) => item.sequence > position.since && drive.isWithin(item, scope))
      .toSorted((a, b) => a.sequence - b.sequence)
    return { ...position, queue: changed.map(({ id }) => id), since: drive.sequence }
  }

  #tell(drive: Drive, base: string, position: Position): Reply {
    const pageItems = drive.quirks.pageItems ?? DEFAULT_PAGE_ITEMS
    const { badDelta } = drive.quirks
    const told = position.queue
      .slice(0, pageItems)
      .filter((id) => badDelta !== 'leaves-out-folders' || drive.items.get(id)!.kind !== 'folder')
      .map((id) => this.#json(drive, id))
    const rest = { ...position, queue: position.queue.slice(pageItems) }
    const circle = badDelta === 'loops' ? 'first' : this.#keep(position)
    this.#positions.set('first', position)
    if (badDelta === 'loops' || badDelta === 'repeats')
      return { status: 200, body: { value: told, '@odata.nextLink': `${base}?token=${circle}` } }
    if (badDelta === 'breaks-off') return { status: 200, body: { value: told } }
    if (rest.queue.length === 0) return this.#end(told, base, rest)
    if (drive.quirks.staleDuplicates === true) told.push(outdated(this.#json(drive, rest.queue[0]!)))
    return {
      status: 200,
      body: { value: told, '@odata.nextLink': `${base}?token=${this.#keep(rest)}` },
    }
  }

  #end(told: readonly object[], base: string, position: Position): Reply {
    return { status: 200, body: { value: told, '@odata.deltaLink': `${base}?token=${this.#keep(position)}` } }
  }

  #json(drive: Drive, id: string): Record<string, unknown> {
    return itemJson(drive, drive.items.get(id)!, { isDelta: true })
  }

  #keep(position: Position): string {
    const token = `t${++this.#count}`
    this.#positions.set(token, position)
    return token
  }
}

/** The same item as it might have been told a moment ago. */
function outdated(json: Record<string, unknown>): Record<string, unknown> {
  return { ...json, size: 1, eTag: 'outdated', ...(json['folder'] === undefined ? {} : { name: 'outdated' }) }
}

function resync(base: string): GraphFailure {
  return new GraphFailure(410, 'resyncRequired', 'resyncChangesApplyDifferences', { location: base })
}
