"""What an event tracker is told, by its sessions. The game's documents are those of tests/features/bts."""

TRACKED = """
Type: Blurr:Transform:Streaming
Version: '2018-03-01'
Name: shop
Import: [{Module: dateutil.parser, Identifiers: [parse]}]
Identity: source.userId
Time: parse(source.sentAt)
Stores: [{Type: Blurr:Store:Memory, Name: mem}]
Aggregates:
  - Type: Blurr:Aggregate:Block
    Name: visit
    Store: mem
    Dimensions: [{Name: session, Type: string, Value: source.sessionId}]
    Fields:
      - {Name: items, Type: list, Value: visit.items.append(source.itemId)}
      - {Name: spent, Type: float, Value: visit.spent + source.properties.price, When: source.eventType == 'buy'}
"""
