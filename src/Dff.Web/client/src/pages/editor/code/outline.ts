import { ensureSyntaxTree, syntaxTree } from '@codemirror/language'
import type { EditorState } from '@codemirror/state'
import type { SyntaxNode } from '@lezer/common'

export interface OutlineEntry {
  name: string
  kind: 'function' | 'class'
  /** From 1: the line of `def` or `class`. */
  line: number
  /** Where the statement with its decorators begins and ends in the text. */
  from: number
  to: number
  /** Has `@DFF.API`. */
  isExported: boolean
  /** The names of the parameters as they are written. */
  parameters: string
}

const PARSE_LIMIT_MS = 20

/**
 * The functions and classes at the top of the module, as they stand in the text now, good or not. `isWhole` is false where reading all of a long text
 * would have kept the page from answering: ask again in a moment.
 */
export function outlineOf(state: EditorState): { entries: OutlineEntry[]; isWhole: boolean } {
  const whole = ensureSyntaxTree(state, state.doc.length, PARSE_LIMIT_MS)
  const tree = whole ?? syntaxTree(state)
  const entries: OutlineEntry[] = []
  for (let node = tree.topNode.firstChild; node !== null; node = node.nextSibling) {
    const entry = entryOf(node, state)
    if (entry !== null) entries.push(entry)
  }
  return { entries, isWhole: whole !== null }
}

function entryOf(node: SyntaxNode, state: EditorState): OutlineEntry | null {
  const isDecorated = node.name === 'DecoratedStatement'
  const definition = isDecorated ? (node.getChild('FunctionDefinition') ?? node.getChild('ClassDefinition')) : node
  if (definition === null || !/^(Function|Class)Definition$/.test(definition.name)) return null
  const name = definition.getChild('VariableName')
  if (name === null) return null
  const text = (part: { from: number; to: number }) => state.sliceDoc(part.from, part.to)
  const parameters = definition.getChild('ParamList')
  return {
    name: text(name),
    kind: definition.name === 'ClassDefinition' ? 'class' : 'function',
    line: state.doc.lineAt(name.from).number,
    from: node.from,
    to: node.to,
    isExported:
      isDecorated && node.getChildren('Decorator').some((decorator) => /^@\s*DFF\s*\.\s*API\b/.test(text(decorator))),
    parameters: parameters === null ? '' : text(parameters).replace(/\s+/g, ' '),
  }
}
