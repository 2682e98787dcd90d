// The invented shop: products, places, people, carriers. Constants only; nothing here comes from real data.

export const VENDORS = ['vendor_a', 'vendor_b', 'vendor_c'] as const;
export type Vendor = (typeof VENDORS)[number];

export const PRODUCTS = 250;
export const CUSTOMERS_PER_1000_ORDERS = 700;

/** NGN, whole. A product's price is fixed by its number. */
export const PRICES = [
  900, 1_250, 1_800, 2_400, 3_600, 4_750, 5_900, 7_400, 8_800, 11_500, 14_900, 19_500, 27_000,
] as const;

export const CITIES = ['Lagos', 'Abuja', 'Ibadan', 'Enugu', 'Benin City', 'Jos', 'Uyo', 'Òṣogbo', 'Abẹ́òkúta'] as const;
export const STREETS = [
  'Marina Walk',
  'Palm Avenue',
  'Adéọlá Crescent',
  'Old Market Rd',
  'Stadium Close',
  'Ìkòyí Link',
  'Garden \\"B\\" Lane',
  'Station Rd',
] as const;
export const MAIL_HOSTS = ['example.com', 'example.org', 'example.net', 'mail.example'] as const;
export const NAMES = [
  'Ngozi Eze',
  'Túndé Bákàrè',
  'Zainab Sani',
  'Chloë Müller',
  '李 小龙',
  'O\\u0027Neil Ade',
  'Ẹ̀bùn Ọlá 🎁',
] as const;
export const CARRIERS = ['Harmattan Express', 'Kobo Couriers', 'Riverline', 'Danfo Parcels'] as const;
export const METHODS = ['card', 'bank_transfer', 'ussd', 'wallet'] as const;
export const REASONS = ['changed_mind', 'damaged', 'wrong_item', 'arrived_late', 'duplicate_order'] as const;
export const CHANGES = ['address', 'quantity', 'phone', 'delivery_slot', 'gift_note'] as const;
export const NOTES = [
  'call before delivery',
  'leave at the gate',
  'gift: ẹ kú ọdún 🎉',
  'says \\"urgent\\"',
  'line one\\nline two',
] as const;
export const SHIPMENT_STATUSES = ['CREATED', 'PICKED_UP', 'IN_TRANSIT', 'DELIVERED'] as const;
/** Types that the contract does not know: stored, and read by no model. */
export const UNKNOWN_TYPES = ['cart_abandoned', 'review_posted', 'loyalty_points_earned'] as const;
