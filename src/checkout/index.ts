export { type Checkout, type CheckoutQuestion, checkoutSchema, commitAround, readCheckout } from './checkout.ts'
export { exportCheckout } from './export.ts'
export { developmentVersion } from './version.ts'
