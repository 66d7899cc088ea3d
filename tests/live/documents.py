"""Documents of a game: sessions by their id (or by a gap), what a user does in all of them, rows of a week."""

STREAMING = """
Type: Blurr:Transform:Streaming
Version: '2018-03-01'
Name: game
Import: [{Module: dateutil.parser, Identifiers: [parse]}]
Identity: source.user
Time: parse(source.time)
Stores: [{Type: Blurr:Store:Memory, Name: mem}]
Aggregates:
  - Type: Blurr:Aggregate:Identity
    Name: user
    Store: mem
    Fields:
      - {Name: spent, Type: float, Value: user.spent + source.paid, When: source.paid}
      - {Name: levels, Type: map, Value: user.levels.increment(source.level)}
      - {Name: trail, Type: list, Value: user.trail.append(source.kind)}
  - Type: Blurr:Aggregate:BLOCKS
    Name: session
    Store: mem
    Fields:
      - {Name: plays, Type: integer, Value: session.plays + 1, When: source.kind == 'play'}
      - {Name: spent, Type: float, Value: session.spent + source.paid, When: source.paid}
      - {Name: trail, Type: list, Value: user.trail}
      - {Name: kinds, Type: set, Value: session.kinds.add(source.kind)}
      - {Name: wrong, Type: integer, Value: source.wrong and session.there_is_none}
"""
BLOCK = STREAMING.replace(
    "Blurr:Aggregate:BLOCKS",
    "Blurr:Aggregate:Block\n    Dimensions: [{Name: id, Type: integer, Value: source.session}]",
)
ACTIVITY = STREAMING.replace(
    "Blurr:Aggregate:BLOCKS", "Blurr:Aggregate:Activity\n    SeparateByInactiveSeconds: 1800"
)
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
WINDOW = """
Type: Blurr:Transform:Window
Version: '2018-03-01'
Name: rows
Anchor: {Condition: game.session.plays >= 0}
Aggregates:
  - Type: Blurr:Aggregate:Variable
    Name: now
    Fields:
      - {Name: spent, Type: float, Value: game.user.spent}
      - {Name: levels, Type: map, Value: game.user.levels}
      - {Name: start, Type: datetime, Value: anchor._start_time}
  - Type: Blurr:Aggregate:Window
    Name: last
    WindowType: count
    WindowValue: -1
    Source: game.session
    Fields: [{Name: plays, Type: integer, Value: 'source.plays[0]'}]
  - Type: Blurr:Aggregate:Window
    Name: week
    WindowType: day
    WindowValue: -7
    Source: game.session
    Fields:
      - {Name: spent, Type: float, Value: sum(source.spent)}
      - {Name: n, Type: integer, Value: len(source.spent)}
"""
