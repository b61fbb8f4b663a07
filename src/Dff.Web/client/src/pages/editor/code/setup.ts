import { autocompletion } from '@codemirror/autocomplete'
import { indentWithTab } from '@codemirror/commands'
import { python, pythonLanguage } from '@codemirror/lang-python'
import { indentUnit } from '@codemirror/language'
import { EditorState, Prec, type Extension } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { basicSetup } from 'codemirror'
import type { ParseProblem } from '../model/api'
import { dffCompletions, type KnownNames } from './completion'
import type { OutlineEntry } from './outline'
import { pythonProblems } from './problems'
import { runGutter } from './run-gutter'
import { theme } from './theme'

export interface EditorSurroundings {
  known(): KnownNames
  parse(code: string): Promise<ParseProblem[] | null>
  onProblems(problems: ParseProblem[]): void
  onOutline(entries: OutlineEntry[]): void
  onEdit(): void
  /** Runs the function; null: the one at the cursor. */
  run(name: string | null): void
  saveNow(): void
  runLabel(name: string): string
  label: string
}

/** Everything that a Python draft is written with. */
export function editorExtensions(around: EditorSurroundings, isReadOnly: boolean): Extension {
  return [
    // Before the usual keys, which have another meaning for some of these.
    Prec.high(
      keymap.of([
        { key: 'Mod-Enter', run: () => (around.run(null), true) },
        { key: 'Mod-s', run: () => (around.saveNow(), true) },
      ]),
    ),
    runGutter(around.onOutline, around.runLabel, around.run),
    basicSetup,
    keymap.of([indentWithTab]),
    python(),
    pythonLanguage.data.of({ autocomplete: dffCompletions(around.known) }),
    autocompletion({ icons: false }),
    pythonProblems(around.parse, around.onProblems),
    indentUnit.of('    '),
    EditorState.tabSize.of(4),
    EditorState.readOnly.of(isReadOnly),
    EditorView.contentAttributes.of({ 'aria-label': around.label }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) around.onEdit()
    }),
    theme,
  ]
}

const reading = [basicSetup, python(), theme]

/** For code that is only shown, as in a diff. It can be reached by the keyboard, for scrolling. */
export const readingExtensions: Extension = [
  reading,
  EditorState.readOnly.of(true),
  EditorView.contentAttributes.of({ tabindex: '0' }),
]

/** For code that is put together from two drafts. */
export const writingExtensions: Extension = [reading, keymap.of([indentWithTab]), indentUnit.of('    ')]
