namespace TransferLearning;

/// <summary>Gives the pieces of a SentencePiece model the ids and special tokens of the model family that uses them.</summary>
internal static class SentencePieceFolder
{
    private const int UsualExtraIds = 100;

    /// <summary>A checkpoint folder's model.</summary>
    public static SentencePieceTokenizer Read(string path, TokenizerSettings settings)
    {
        SentencePieceModel model = SentencePieceModel.Read(path);
        string family = settings.Family ?? (Path.GetFileName(path) == "spiece.model" ? "t5" : "xlm-roberta");
        return family switch
        {
            "t5" or "mt5" => ReadT5(model, settings),
            "xlm-roberta" => ReadXlmRoberta(model, settings),
            _ => throw new TokenizerException(
                $"'{path}': {settings.FamilySource}, whose special tokens are not known; those of t5, mt5, xlm-roberta and marian are. "
                + "Save the tokenizer as tokenizer.json beside it."),
        };
    }

    /// <summary>The model as it is, without special tokens around a text.</summary>
    public static SentencePieceTokenizer Plain(SentencePieceModel model)
    {
        TokenVocabulary vocabulary = Vocabulary(model, []);
        int[] ids = [.. Enumerable.Range(0, model.Pieces.Count)];
        int? Control(int id) => (uint)id < (uint)ids.Length && model.Pieces[id].Kind == PieceKind.Control ? id : null;
        TokenizerParts parts = new(vocabulary, [], SpecialTokenLayout.None)
        {
            UnknownId = ids.First(id => model.Pieces[id].Kind == PieceKind.Unknown),
            ClassId = Control(model.BeginId),
            SeparatorId = Control(model.EndId),
            PadId = Control(model.PadId),
            Hidden = [.. ids.Where(id => model.Pieces[id].Kind == PieceKind.Control)],
        };
        return new SentencePieceTokenizer(parts, model, ids);
    }

    /// <summary>Marian: pieces of one model, ids of a vocabulary beside it.</summary>
    public static SentencePieceTokenizer ReadMarian(SentencePieceModel model, TokenVocabulary vocabulary, TokenizerSettings settings)
    {
        string unknown = settings.Token("unk_token", "<unk>"), end = settings.Token("eos_token", "</s>");
        int unknownId = vocabulary.Required(unknown);
        int[] ids = [.. model.Pieces.Select(entry
            => entry.Kind == PieceKind.Unknown ? unknownId : vocabulary.IdOf(entry.Piece) ?? unknownId)];
        // The code of the language to translate to may stand in the text.
        IEnumerable<AddedToken> languages = vocabulary.Entries
            .Where(entry => entry.Key.StartsWith(">>", StringComparison.Ordinal) && entry.Key.EndsWith("<<", StringComparison.Ordinal))
            .Select(entry => new AddedToken(entry.Key, entry.Value, StripRight: true));
        TokenizerParts parts = SpecialTokens.Parts(
            vocabulary,
            SpecialTokenLayout.ForMarian(vocabulary.Required(end)),
            settings,
            (settings.Token("pad_token", "<pad>"), unknown, string.Empty, end, string.Empty),
            languages);
        return new SentencePieceTokenizer(parts, model, ids, looksUnknownUp: true);
    }

    private static SentencePieceTokenizer ReadT5(SentencePieceModel model, TokenizerSettings settings)
    {
        int extra = model.Pieces.Any(entry => entry.Piece == "<extra_id_0>") ? 0 : settings.ExtraIds ?? UsualExtraIds;
        int count = model.Pieces.Count;
        AddedToken[] sentinels = [.. Enumerable.Range(0, extra).Select(i => new AddedToken($"<extra_id_{i}>", count + extra - 1 - i))];
        TokenVocabulary vocabulary = Vocabulary(model, [.. sentinels, .. settings.Added]);
        string end = settings.Token("eos_token", "</s>");
        TokenizerParts parts = SpecialTokens.Parts(
            vocabulary,
            SpecialTokenLayout.ForT5(vocabulary.Required(end)),
            settings,
            (settings.Token("pad_token", "<pad>"), settings.Token("unk_token", "<unk>"), string.Empty, end, string.Empty),
            sentinels);
        return new SentencePieceTokenizer(parts, model, [.. Enumerable.Range(0, count)]);
    }

    // fairseq's ids: four special tokens first, and the mask after all pieces.
    private static SentencePieceTokenizer ReadXlmRoberta(SentencePieceModel model, TokenizerSettings settings)
    {
        const int shift = 1, unknown = 3;
        int[] ids = [.. model.Pieces.Select((entry, piece) => entry.Kind switch
        {
            PieceKind.Unknown => unknown,
            PieceKind.Control => entry.Piece == "</s>" ? 2 : 0,
            _ => piece + shift,
        })];
        AddedToken[] special =
        [new("<s>", 0), new("<pad>", 1), new("</s>", 2), new("<unk>", unknown), new("<mask>", model.Pieces.Count + shift, StripLeft: true)];
        TokenVocabulary vocabulary = new(model.Source, [
            .. model.Pieces.Select((entry, piece) => new KeyValuePair<string, int>(entry.Piece, ids[piece])),
            .. special.Concat(settings.Added).Select(token => new KeyValuePair<string, int>(token.Content, token.Id))]);
        TokenizerParts parts = SpecialTokens.Parts(
            vocabulary, SpecialTokenLayout.ForRoberta(0, 2), settings, ("<pad>", "<unk>", "<s>", "</s>", "<mask>"), special);
        return new SentencePieceTokenizer(parts, model, ids);
    }

    private static TokenVocabulary Vocabulary(SentencePieceModel model, IEnumerable<AddedToken> added) => new(model.Source, [
        .. model.Pieces.Select((entry, piece) => new KeyValuePair<string, int>(entry.Piece, piece)),
        .. added.Select(token => new KeyValuePair<string, int>(token.Content, token.Id))]);
}
