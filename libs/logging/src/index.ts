// logging
export {};
