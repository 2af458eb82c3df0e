"""Exports of chats -> messages as texts, or conversations: WhatsApp, LINE, Telegram."""
