import { RangeSet, StateEffect, StateField, type Extension } from '@codemirror/state'
import { EditorView, gutter, GutterMarker, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import { outlineOf, type OutlineEntry } from './outline'

const PAUSE_MS = 120

class RunMarker extends GutterMarker {
  constructor(
    private readonly name: string,
    private readonly label: (name: string) => string,
    private readonly run: (name: string) => void,
  ) {
    super()
  }

  override eq(other: RunMarker) {
    return other.name === this.name
  }

  override toDOM() {
    const button = document.createElement('button')
    button.className = 'cm-run'
    button.type = 'button'
    button.textContent = '▶'
    button.title = this.label(this.name)
    button.setAttribute('aria-label', button.title)
    button.tabIndex = -1
    button.addEventListener('click', () => this.run(this.name))
    return button
  }
}

const setOutline = StateEffect.define<OutlineEntry[]>()

/** Tells the outline a moment after each change, and shows a button at each exported function. */
export function runGutter(
  onOutline: (entries: OutlineEntry[]) => void,
  label: (name: string) => string,
  run: (name: string) => void,
): Extension {
  const markers = StateField.define<RangeSet<GutterMarker>>({
    create: () => RangeSet.empty,
    update(set, transaction) {
      for (const effect of transaction.effects) {
        if (effect.is(setOutline)) {
          const exported = effect.value.filter((entry) => entry.kind === 'function' && entry.isExported)
          const at = (entry: OutlineEntry) =>
            transaction.state.doc.line(Math.min(entry.line, transaction.state.doc.lines)).from
          return RangeSet.of(
            exported.map((entry) => new RunMarker(entry.name, label, run).range(at(entry))),
            true,
          )
        }
      }
      return set.map(transaction.changes)
    },
  })

  const watcher = ViewPlugin.fromClass(
    class {
      private timer: ReturnType<typeof setTimeout>

      constructor(private readonly view: EditorView) {
        this.timer = setTimeout(() => this.tell(), 0)
      }

      update(update: ViewUpdate) {
        if (!update.docChanged) return
        clearTimeout(this.timer)
        this.timer = setTimeout(() => this.tell(), PAUSE_MS)
      }

      destroy() {
        clearTimeout(this.timer)
      }

      private tell() {
        const { entries, isWhole } = outlineOf(this.view.state)
        if (!isWhole) this.timer = setTimeout(() => this.tell(), PAUSE_MS)
        this.view.dispatch({ effects: setOutline.of(entries) })
        onOutline(entries)
      }
    },
  )

  return [markers, watcher, gutter({ class: 'cm-run-gutter', markers: (view) => view.state.field(markers) })]
}
