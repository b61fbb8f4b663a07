/** What a user asks of a script set or a script in the tree. */
export type TreeAction =
  | { kind: 'addSet' }
  | { kind: 'addScript'; id: string }
  | { kind: 'editSet' | 'editScript' | 'deleteSet' | 'deleteScript'; id: string }
  | { kind: 'lockSet' | 'lockScript'; id: string; isLocked: boolean }
