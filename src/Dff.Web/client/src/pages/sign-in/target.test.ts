import { expect, test } from 'vitest'
import { safeTarget } from './target'

test.each([
  ['/env-variables?search=x', '/env-variables?search=x'],
  ['//evil.example/x', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  [undefined, '/'],
  [['/a', '/b'], '/'],
])('%j leads to %s', (given, expected) => expect(safeTarget(given)).toBe(expected))
