let name = 'Atlas Webhooks'

/** What stands behind the title of each page. */
export function productName(): string {
  return name
}

/** In the customer portal it is that of the product which shows it. */
export function nameProduct(product: string): void {
  name = product
}
