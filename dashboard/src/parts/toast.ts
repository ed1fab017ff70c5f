/** Says that something was done, for a few seconds. What failed is said in its place instead, where it stays. */
export function toast(title: string): void {
  // Not with the first page: nobody has done anything there.
  void import('./toasts.tsx').then(({ addToast }) => addToast(title))
}
