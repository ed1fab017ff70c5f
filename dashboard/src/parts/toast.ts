import { loadLater } from './load-later.ts'

// Not with the first page: nobody has done anything there.
const load = loadLater(() => import('./toasts.tsx'))

/** Says that something was done, for a few seconds. What failed is said in its place instead, where it stays. */
export function toast(title: string): void {
  void load().then(({ addToast }) => addToast(title))
}
