namespace TransferLearning.Tests;

/// <summary>
/// The catalogues name their families in source, so that a trimmed program has them; these tests look for what was forgotten.
/// </summary>
public sealed class FamilyListTests
{
    [Fact]
    public void Every_image_family_is_in_the_list()
        => Assert.Equal(Families<ModelFamily>(), VisionFamilies.All.Select(family => family.GetType().Name).Order());

    [Fact]
    public void Every_text_and_speech_family_is_in_the_list() => Assert.Equal(
        Families<ConfigFamily>(), TextFamilies.All.Concat(SpeechFamilies.All).Select(family => family.GetType().Name).Order());

    private static IEnumerable<string> Families<T>() => typeof(T).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(T)) && !type.IsAbstract)
        .Select(type => type.Name)
        .Order();
}
