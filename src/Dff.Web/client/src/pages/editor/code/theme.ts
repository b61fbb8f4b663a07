import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** Colours come from CSS variables (`code.css`), so that light and dark need no second theme. */
const surface = EditorView.theme({
  '&': {
    height: '100%',
    fontSize: '13.5px',
    color: 'var(--dff-code-text)',
    backgroundColor: 'var(--dff-code-surface)',
  },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--dff-mono)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--dff-code-text)' },
  '.cm-cursor': { borderLeftColor: 'var(--dff-code-text)' },
  '.cm-gutters': { color: 'var(--dff-code-quiet)', backgroundColor: 'var(--dff-code-surface)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'var(--dff-code-line)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--dff-code-line)', color: 'var(--dff-code-text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--dff-code-selection) !important',
  },
  '.cm-matchingBracket': {
    backgroundColor: 'var(--dff-code-match) !important',
    outline: '1px solid var(--dff-code-quiet)',
  },
  '.cm-selectionMatch, .cm-searchMatch': { backgroundColor: 'var(--dff-code-match)' },
  '.cm-searchMatch-selected': { outline: '1px solid var(--dff-code-text)' },
  '.cm-panels': { color: 'var(--el-text-color-primary)', backgroundColor: 'var(--el-bg-color-overlay)' },
  '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--el-border-color)' },
  '.cm-panels input, .cm-panels button': { font: 'inherit', color: 'inherit' },
  '.cm-textfield': { backgroundColor: 'var(--el-fill-color-blank)', border: '1px solid var(--el-border-color)' },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--el-fill-color)',
    border: '1px solid var(--el-border-color)',
  },
  '.cm-tooltip': {
    color: 'var(--el-text-color-primary)',
    backgroundColor: 'var(--el-bg-color-overlay)',
    border: '1px solid var(--el-border-color)',
    borderRadius: '6px',
    boxShadow: 'var(--el-box-shadow-light)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--dff-mono)', maxHeight: '16em' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { color: '#fff', backgroundColor: 'var(--dff-accent-strong)' },
  '.cm-completionDetail': { marginLeft: '1em', fontStyle: 'normal', opacity: 0.75 },
  '.cm-completionInfo': { padding: '6px 10px', maxWidth: '320px' },
  '.cm-foldPlaceholder': {
    color: 'var(--dff-code-quiet)',
    backgroundColor: 'var(--el-fill-color)',
    border: 'none',
    padding: '0 6px',
  },
  '.cm-run': {
    padding: 0,
    width: '18px',
    height: '18px',
    lineHeight: '16px',
    border: 'none',
    borderRadius: '4px',
    color: 'var(--dff-run)',
    background: 'transparent',
    cursor: 'pointer',
    fontSize: '11px',
  },
  '.cm-run:hover': { background: 'var(--el-fill-color)' },
  '&.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--dff-code-changed) !important' },
  '&.cm-merge-b .cm-changedText': { background: 'var(--dff-code-changed-text) !important' },
  '&.cm-merge-a .cm-changedLine': { backgroundColor: 'var(--dff-code-deleted) !important' },
  '&.cm-merge-a .cm-changedText': { background: 'var(--dff-code-deleted-text) !important' },
  '&.cm-merge-b': { borderLeft: '1px solid var(--el-border-color-light)' },
  '.cm-collapsedLines': { color: 'var(--el-text-color-regular)', background: 'var(--el-fill-color)' },
})

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--dff-code-keyword)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--dff-code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--dff-code-number)' },
  { tag: tags.comment, color: 'var(--dff-code-comment)', fontStyle: 'italic' },
  {
    tag: [
      tags.function(tags.variableName),
      tags.function(tags.definition(tags.variableName)),
      tags.function(tags.propertyName),
    ],
    color: 'var(--dff-code-function)',
  },
  { tag: [tags.className, tags.definition(tags.className), tags.typeName], color: 'var(--dff-code-class)' },
  { tag: [tags.meta, tags.standard(tags.variableName)], color: 'var(--dff-code-meta)' },
  { tag: [tags.escape, tags.regexp], color: 'var(--dff-code-number)' },
])

export const theme = [surface, syntaxHighlighting(colours)]
